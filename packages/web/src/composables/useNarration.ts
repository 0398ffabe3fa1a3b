import type { RequestBody, RunEndItem, Timeline } from '@farhand/shared'
import { watch } from 'vue'
import { budgetOf } from '../format/budget.ts'
import { questionsOf, requestTitle } from '../format/request.ts'
import { firstLine, visible } from '../format/text.ts'
import { useAnnounceStore } from '../stores/announceStore.ts'
import type { SessionLog } from '../stores/timelineStore.ts'
import { narrationTexts as texts } from '../texts/narration.ts'

/** Enough of an answer to know whether to go and read it. */
const ANSWER_CHARACTERS = 120

/** Reads out what changes in a conversation that a person would want to know: requests and ends, nothing that streams. */
export function useNarration(log: SessionLog): void {
  const announce = useAnnounceStore()
  const told = new Set<string>()

  watch(
    () => log.timeline.openRequests,
    (open) => {
      for (const item of open) {
        if (told.has(item.id)) continue
        told.add(item.id)
        announce.alert(tellRequest(item.request))
      }
    },
    { immediate: true },
  )

  watch(
    () => log.timeline.items.at(-1),
    (last) => {
      if (last?.type !== 'run_end' || told.has(last.id)) return
      told.add(last.id) // also one that is not news: an older page makes all items anew
      // What is read while catching up ended some time ago.
      if (log.phase === 'live') announce.say(tellEnd(last, log.timeline))
    },
    // Sync: the last lines of catching up are folded in the very task in which it ends.
    { immediate: true, flush: 'sync' },
  )
}

function tellRequest(request: RequestBody): string {
  if (request.type === 'plan') return texts.plan
  if (budgetOf(request) !== undefined) return texts.budget
  if (request.type === 'question') {
    const [first] = questionsOf(request.input) ?? []
    return texts.question(visible(firstLine(first?.question ?? '', ANSWER_CHARACTERS)))
  }
  return texts.approval(visible(requestTitle(request)))
}

function tellEnd(end: RunEndItem, { items }: Timeline): string {
  if (end.code === 'CANCELLED') return texts.stopped
  if (end.status !== 'complete') return texts.failed(visible(end.body.error?.message ?? end.code ?? 'error'))
  const answer = items.findLast((item) => item.type === 'text' && item.commandId === end.commandId)
  return texts.finished(answer?.type === 'text' ? firstWords(answer.text) : '')
}

/** The first line of a Markdown text without its signs, which would be read out one by one. */
function firstWords(markdown: string): string {
  return visible(
    firstLine(
      markdown.replaceAll(/^\s*(?:[#>*+-]+\s|```\w*$)|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}/gm, ''),
      ANSWER_CHARACTERS,
    ),
  )
}
