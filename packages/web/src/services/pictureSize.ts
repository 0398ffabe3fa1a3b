import { ATTACHMENT_HEAD_BYTES, sniff } from '@farhand/shared'

/** The longest side that a model looks at is shorter still; the rest only takes time to send and room in the context. */
export const MAX_SIDE_PX = 2_048
/** More than a camera makes. Unpacked it would take more memory than a phone has for a page. */
const MAX_READ_BYTES = 64 * 1024 * 1024
/** What a canvas can write as well as read. The others, as moving pictures, stay what they are. */
const WRITABLE = ['image/png', 'image/jpeg', 'image/webp']
const QUALITY = 0.9

export type Fitted = { file: File; scaled?: { width: number; height: number } }

/** What a browser does with pictures; a test has none. */
export type PictureParts = {
  /** Upright, as the camera was held. */
  decode(file: Blob): Promise<Picture>
  encode(picture: Picture, width: number, height: number, type: string): Promise<Blob>
}
type Picture = Pick<ImageBitmap, 'width' | 'height' | 'close'>

/** A picture whose sides are too long, scaled down in its own type. Whatever it can't read comes back as it was. */
export async function fitPicture(file: File, parts: PictureParts = browserParts): Promise<Fitted> {
  try {
    const type = file.size > MAX_READ_BYTES ? undefined : await typeOf(file)
    if (type === undefined || !WRITABLE.includes(type)) return { file }
    const picture = await parts.decode(file)
    try {
      const size = fittedSize(picture)
      if (size === undefined) return { file }
      const blob = await parts.encode(picture, size.width, size.height, type)
      if (blob.type !== type) return { file } // the browser can't write it
      return { file: new File([blob], file.name, { type, lastModified: file.lastModified }), scaled: size }
    } finally {
      picture.close()
    }
  } catch {
    return { file } // damaged, or too large for this device; whoever looks at it next says what is wrong with it
  }
}

/** Undefined: it fits. Pure. */
export function fittedSize({ width, height }: { width: number; height: number }) {
  const longest = Math.max(width, height)
  if (longest <= MAX_SIDE_PX) return undefined
  const scale = MAX_SIDE_PX / longest
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

async function typeOf(file: Blob): Promise<string | undefined> {
  return sniff(new Uint8Array(await file.slice(0, ATTACHMENT_HEAD_BYTES).arrayBuffer()))
}

const browserParts: PictureParts = {
  decode: (file) => createImageBitmap(file),
  encode: async (picture, width, height, type) => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d')
    if (context === null || !(picture instanceof ImageBitmap)) throw new Error('no canvas')
    context.imageSmoothingQuality = 'high'
    context.drawImage(picture, 0, 0, width, height)
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob === null ? reject(new Error('not written')) : resolve(blob)), type, QUALITY),
    )
  },
}
