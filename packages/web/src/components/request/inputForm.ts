import { z } from 'zod'
import { diffOf, type Diff } from '../../format/diff.ts'

/** How the input of a request is drawn; what its form does not say stands below it, field by field. */
export type InputForm =
  | { type: 'command'; command: string; claim: string | undefined }
  | { type: 'address'; before: string; host: string; after: string }
  | { type: 'edit'; diff: Diff; path: string | undefined; everywhere: boolean }
  | { type: 'fields' }

export type DrawnInput = { form: InputForm; rest: [name: string, value: string][] }
type Drawn = { form: InputForm; names: readonly string[] }

const PLAIN: Drawn = { form: { type: 'fields' }, names: [] }

/**
 * The whole input of a tool, and nothing twice. A form is chosen by the tool's name, never by how the input looks, and
 * takes out of the rest only what it draws itself: the digest that is signed covers every field. Pure.
 */
export function inputForm(tool: string, input: Record<string, unknown>): DrawnInput {
  const { form, names } = drawnBy(tool, input)
  return { form, rest: fieldsOf(input, [...names, ...usualOf(tool, input)]) }
}

/** The fields of an input but for `names`, as text. Pure. */
export function fieldsOf(input: Record<string, unknown>, names: readonly string[] = []): DrawnInput['rest'] {
  return Object.entries(input)
    .filter(([name]) => !names.includes(name))
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value, null, 2)])
}

/** Fields that change nothing with this value: naming them is noise where something is to be decided. */
const USUAL: Readonly<Record<string, readonly [name: string, value: unknown]>> = {
  Bash: ['run_in_background', false],
  Edit: ['replace_all', false],
}

function usualOf(tool: string, input: Record<string, unknown>): string[] {
  const [name, value] = Object.hasOwn(USUAL, tool) ? (USUAL[tool] ?? []) : []
  return name !== undefined && input[name] === value ? [name] : []
}

function drawnBy(tool: string, input: Record<string, unknown>): Drawn {
  switch (tool) {
    case 'Bash':
      return drawCommand(input)
    case 'WebFetch':
      return drawAddress(input)
    case 'Edit':
      return drawEdit(input, ['old_string', 'new_string'])
    case 'Write':
      return drawEdit(input, ['content'])
    case 'NotebookEdit':
      return drawEdit(input, ['new_source'])
    case 'MultiEdit':
      return drawEdits(input)
    default:
      return PLAIN
  }
}

function drawCommand({ command, description }: Record<string, unknown>): Drawn {
  if (typeof command !== 'string') return PLAIN
  const claim = typeof description === 'string' ? description : undefined
  return {
    form: { type: 'command', command, claim },
    names: claim === undefined ? ['command'] : ['command', 'description'],
  }
}

function drawAddress({ url }: Record<string, unknown>): Drawn {
  if (typeof url !== 'string' || !URL.canParse(url)) return PLAIN
  const { host } = new URL(url)
  const start = url.indexOf(host)
  const parts =
    start === -1
      ? { before: url, host: '', after: '' }
      : { before: url.slice(0, start), host, after: url.slice(start + host.length) }
  return { form: { type: 'address', ...parts }, names: ['url'] }
}

/** `names`: the fields that the change is made of, all of them texts. */
function drawEdit(input: Record<string, unknown>, names: readonly string[]): Drawn {
  if (!names.every((name) => typeof input[name] === 'string')) return PLAIN
  const diff = diffOf(Object.fromEntries(names.map((name) => [name, input[name]])))
  return diff === undefined ? PLAIN : withPlace(input, diff, names)
}

const plainEditsSchema = z.array(z.strictObject({ old_string: z.string(), new_string: z.string() })).min(1)

/** An edit that says more than what it replaces is drawn, and told in full as well. */
function drawEdits(input: Record<string, unknown>): Drawn {
  const diff = diffOf({ edits: input['edits'] })
  if (diff === undefined) return PLAIN
  return withPlace(input, diff, plainEditsSchema.safeParse(input['edits']).success ? ['edits'] : [])
}

function withPlace(input: Record<string, unknown>, diff: Diff, names: readonly string[]): Drawn {
  const place = ['file_path', 'notebook_path'].find((name) => typeof input[name] === 'string')
  const path = place === undefined ? undefined : String(input[place])
  const everywhere = input['replace_all'] === true
  return {
    form: { type: 'edit', diff, path, everywhere },
    names: [...names, ...(place === undefined ? [] : [place]), ...(everywhere ? ['replace_all'] : [])],
  }
}
