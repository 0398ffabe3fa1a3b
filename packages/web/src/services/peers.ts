import { z } from 'zod'

const CHANNEL = 'farhand'

/** What the tabs of one browser tell each other. The truth is in the database; this only says where to look. */
export const newsSchema = z.discriminatedUnion('type', [
  /** A command was written to the storage, for whoever sends. */
  z.object({ type: z.literal('kept'), commandId: z.string() }),
  z.object({ type: z.literal('sending'), commandId: z.string() }),
  z.object({ type: z.literal('sent'), commandId: z.string() }),
  /** Somebody gave it up. */
  z.object({ type: z.literal('removed'), commandId: z.string() }),
])
export type News = z.infer<typeof newsSchema>

export type Peers = {
  tell(news: News): void
  /** Returns its undo. */
  listen(listener: (news: News) => void): () => void
  close(): void
}

/** The other tabs of this browser; none where it has no channels. */
export function openPeers(): Peers {
  if (!('BroadcastChannel' in globalThis)) return noPeers()
  const channel = new BroadcastChannel(CHANNEL)
  return {
    tell: (news) => channel.postMessage(news),
    listen(listener) {
      const onMessage = ({ data }: MessageEvent<unknown>): void => {
        const news = newsSchema.safeParse(data) // a tab of another version may say other things
        if (news.success) listener(news.data)
      }
      channel.addEventListener('message', onMessage)
      return () => channel.removeEventListener('message', onMessage)
    },
    close: () => channel.close(),
  }
}

export function noPeers(): Peers {
  return { tell: () => {}, listen: () => () => {}, close: () => {} }
}
