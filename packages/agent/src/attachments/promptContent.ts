import type { ShownImage } from '@farhand/shared'
import type { Prompt } from '../driver/driver.ts'

type AttachedFile = { id: string; name: string; mediaType: string; bytes: number }

/** An image is shown to Claude with the prompt; of a file Claude is told where it is. */
export type Attached =
  | (AttachedFile & { type: 'image'; mediaType: ShownImage; data: string })
  | (AttachedFile & { type: 'file'; path: string })

/** What is handed to Claude Code: the text as it was typed, then what came with it. Pure. */
export function promptContent(text: string, attached: readonly Attached[]): Prompt['content'] {
  if (attached.length === 0) return text
  const files = attached.flatMap((each) =>
    each.type === 'file' ? [`- ${each.path} (${each.name}, ${each.mediaType}, ${each.bytes} bytes)`] : [],
  )
  const told = files.length === 0 ? text : `${text}\n\nFiles that came with this message:\n${files.join('\n')}`
  return [
    { type: 'text', text: told },
    ...attached.flatMap((each) =>
      each.type === 'image'
        ? [{ type: 'image' as const, source: { type: 'base64' as const, media_type: each.mediaType, data: each.data } }]
        : [],
    ),
  ]
}

/** For people who read along: a command's entry holds its text alone. Pure. */
export function describeAttached(attached: readonly Attached[]): { message: string; files: AttachedFile[] } {
  const files = attached.map(({ id, name, mediaType, bytes }) => ({ id, name, mediaType, bytes }))
  return { message: `With ${files.map(({ name }) => name).join(', ')}.`, files }
}
