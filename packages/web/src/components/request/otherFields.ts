/** What the shown form of an input already says, by form. */
const SHOWN = {
  command: ['command', 'description'],
  diff: ['file_path', 'notebook_path', 'old_string', 'new_string', 'content', 'edits', 'new_source', 'replace_all'],
  address: ['url'],
}

/** Fields that change nothing with this value: naming them is noise where something is to be decided. */
const USUAL: Readonly<Record<string, unknown>> = { replace_all: false, run_in_background: false }

/** The fields of an input that its shown form leaves out, as text. Pure. */
export function otherFields(
  input: Record<string, unknown>,
  shown: { command: boolean; diff: boolean; address: boolean },
): [name: string, value: string][] {
  const form = shown.command ? SHOWN.command : shown.address ? SHOWN.address : shown.diff ? SHOWN.diff : []
  return Object.entries(input)
    .filter(([name, value]) => !form.includes(name) && !(Object.hasOwn(USUAL, name) && USUAL[name] === value))
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value, null, 2)])
}
