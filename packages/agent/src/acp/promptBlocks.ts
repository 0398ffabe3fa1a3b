import type { ContentBlock } from '@agentclientprotocol/sdk'
import { FarhandError } from '@farhand/shared'
import type { Prompt } from '../driver/driver.ts'

/**
 * A prompt as ACP has it. Pure.
 * @throws FarhandError `UNSUPPORTED_FILE`, where there are images and the agent takes none
 */
export function promptBlocks(content: Prompt['content'], takesImages: boolean, name: string): ContentBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return content.map((block) => {
    if (block.type === 'text') return { type: 'text', text: block.text }
    if (!takesImages) throw new FarhandError('UNSUPPORTED_FILE', `${name} takes no images. Send the prompt without.`)
    return { type: 'image', data: block.source.data, mimeType: block.source.media_type }
  })
}
