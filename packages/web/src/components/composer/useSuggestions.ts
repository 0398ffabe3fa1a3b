import type { OfferedCommand } from '@farhand/shared'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { useMachine } from '../../composables/useMachine.ts'
import { tellRefusal } from '../../services/machine.ts'
import { useOfferStore } from '../../stores/offerStore.ts'
import { composerTexts as texts } from '../../texts/composer.ts'
import { isCommand, matchCommands } from './commandMatches.ts'
import { isComposing } from '../../composables/sendKey.ts'
import { mentionOf, replaceTrigger, triggerAt, type Trigger } from './trigger.ts'

/** One line of the list. */
export type Suggestion = { id: string; insert: string; name: string; hint: string; about: string; source: string }

/** Somebody types on meanwhile. */
const SEARCH_AFTER_MS = 120
const MOST_FILES = 30
/** What `files.search` takes. */
const LONGEST_QUERY = 200

export type SuggestionParts = {
  text: Ref<string>
  /** Undefined while the field has not the focus. */
  caret: Ref<number | undefined>
  sessionId: string
  projectId: () => string | undefined
  machine: () => string
}

export type Suggestions = ReturnType<typeof useSuggestions>

/** The commands and files that fit what is being typed. */
export function useSuggestions({ text, caret, sessionId, projectId, machine }: SuggestionParts) {
  /** Closed by a person, until another trigger begins. */
  const closed = ref<string>()
  const active = ref(0)
  const trigger = computed(() => (caret.value === undefined ? undefined : triggerAt(text.value, caret.value)))
  const place = computed(() => (trigger.value === undefined ? undefined : placeOf(trigger.value)))
  const shown = computed(() => (place.value === closed.value ? undefined : trigger.value))

  const commands = useCommands(shown, projectId, machine)
  const files = useFiles(shown, { sessionId, projectId, machine })
  const source = computed(() => (shown.value?.type === 'command' ? commands.value : files.value))
  const items = computed(() => (shown.value === undefined ? [] : source.value.items))
  const status = computed(() => (shown.value === undefined ? '' : source.value.status))
  const open = computed(() => items.value.length > 0 || status.value !== '')

  watch(place, (now) => {
    if (now !== closed.value) closed.value = undefined
  })
  watch(items, () => (active.value = 0))

  function choose(item: Suggestion): { text: string; caret: number } | undefined {
    return trigger.value === undefined ? undefined : replaceTrigger(text.value, trigger.value, item.insert)
  }

  /** What a key does to the open list: `choose`, `moved`, or nothing of it. */
  function onKey(event: KeyboardEvent): Suggestion | 'handled' | undefined {
    if (!open.value || isComposing(event) || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey)
      return undefined
    if (event.key === 'Escape') {
      closed.value = place.value
      return 'handled'
    }
    const { length } = items.value
    if (length === 0) return undefined
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      active.value = (active.value + (event.key === 'ArrowDown' ? 1 : length - 1)) % length
      return 'handled'
    }
    const takes = event.key === 'Tab' || (event.key === 'Enter' && !source.value.isWhole)
    return takes ? items.value[active.value] : undefined
  }

  /** A text is put into the field as a whole: nobody is typing it, so there is nothing to help with. */
  function hush(whole: string): void {
    const ahead = triggerAt(whole, whole.length)
    closed.value = ahead === undefined ? undefined : placeOf(ahead)
  }

  return { open, type: computed(() => shown.value?.type), items, status, active, choose, onKey, hush }
}

function placeOf({ type, from }: Trigger): string {
  return `${type}:${from}`
}

type Found = {
  items: Suggestion[]
  status: string
  /** What was typed needs nothing more. */
  isWhole: boolean
}
const NOTHING: Found = { items: [], status: '', isWhole: false }

function useCommands(
  trigger: Readonly<Ref<Trigger | undefined>>,
  projectId: () => string | undefined,
  machine: () => string,
): Readonly<Ref<Found>> {
  const ask = useMachine()
  const { commands } = useOfferStore()
  const wanted = computed(() => (trigger.value?.type === 'command' ? projectId() : undefined))
  watch(wanted, (project) => void (project === undefined || commands.want(ask, project)), { immediate: true })

  return computed(() => {
    const offer = wanted.value === undefined ? undefined : commands.of(wanted.value)
    if (offer === undefined || trigger.value === undefined) return NOTHING
    const all = offer.value ?? []
    const { query } = trigger.value
    // A slash that no command begins with is a path, and nobody's business.
    const hopeless = /[/\s]/.test(query)
    const status = offer.name === 'refused' ? tellRefusal(offer.reason, machine()) : texts.asking.command
    return {
      items: matchCommands(all, query).map(asSuggestion),
      status: offer.name === 'known' || all.length > 0 || hopeless ? '' : status,
      isWhole: isCommand(all, query),
    }
  })
}

function asSuggestion({ name, description, argumentHint = '', aliases = [], builtin }: OfferedCommand): Suggestion {
  const also = aliases.map(texts.alias).join(', ')
  return {
    id: name,
    insert: `/${name}`,
    name: `/${name}`,
    hint: argumentHint,
    about: [description, also].filter((part) => part !== '').join(' · '),
    source: builtin ? texts.sources.builtin : texts.sources.own,
  }
}

function useFiles(
  trigger: Readonly<Ref<Trigger | undefined>>,
  { sessionId, projectId, machine }: Omit<SuggestionParts, 'text' | 'caret'>,
): Readonly<Ref<Found>> {
  const ask = useMachine()
  const found = shallowRef<Found>(NOTHING)
  const query = computed(() => (trigger.value?.type === 'file' ? trigger.value.query : undefined))
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    query,
    (now, before) => {
      clearTimeout(timer)
      asked += 1
      if (now === undefined) found.value = NOTHING
      else timer = setTimeout(() => void search(now, asked), before === undefined ? 0 : SEARCH_AFTER_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  /** A door: what can't be searched is said in the list. Only the last question's answer counts. */
  async function search(wanted: string, mine: number): Promise<void> {
    const project = projectId()
    if (project === undefined) return
    if (found.value === NOTHING) found.value = { ...NOTHING, status: texts.asking.file }
    try {
      const question = { sessionId, query: wanted.slice(0, LONGEST_QUERY), limit: MOST_FILES }
      const { files, truncated } = await ask(project, 'files.search', question)
      if (mine !== asked) return
      const status = files.length === 0 ? texts.noFiles(wanted) : truncated ? texts.moreFiles : ''
      found.value = { items: files.map(asFile), status, isWhole: false }
    } catch (reason) {
      if (mine === asked) found.value = { ...NOTHING, status: tellRefusal(reason, machine()) }
    }
  }

  return found
}

function asFile({ path }: { path: string }): Suggestion {
  const slash = path.lastIndexOf('/')
  return {
    id: path,
    insert: mentionOf(path),
    name: path.slice(slash + 1),
    hint: slash === -1 ? '' : path.slice(0, slash),
    about: '',
    source: '',
  }
}
