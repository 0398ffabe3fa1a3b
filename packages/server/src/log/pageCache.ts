import type { Page } from '@farhand/shared'
import type { PageQuestion } from './store.ts'

/**
 * Pages that more than one asked for lately. After a restart everybody wants the same few: what is read twice serves all
 * who come after. Who reads a long log alone goes by without a trace. What is behind the head never changes, so such a
 * page stays true; the newest one does while its log has that head.
 */
export type PageCache = {
  get(question: PageQuestion, head: number): HeadedPage | undefined
  put(question: PageQuestion, page: HeadedPage): void
  /** Something was taken out of a log. */
  clear(): void
}

type HeadedPage = Page & { head: number }

/** What an entry costs beside its text, roughly: itself, and what stands around it in the message that is made of the page. */
const ENTRY_BYTES = 1_000
/** So many questions are remembered, to know one that comes again. */
const REMEMBERED_QUESTIONS = 1_000

export function createPageCache(limitBytes: number): PageCache {
  /** The one used last is the last one. */
  const pages = new Map<string, { page: HeadedPage; bytes: number }>()
  const asked = new Set<string>()
  let heldBytes = 0

  /** Whether this question came before. */
  function remember(key: string): boolean {
    if (asked.has(key)) return true
    asked.add(key)
    const [oldest] = asked
    if (asked.size > REMEMBERED_QUESTIONS && oldest !== undefined) asked.delete(oldest)
    return false
  }

  function drop(key: string): void {
    heldBytes -= pages.get(key)?.bytes ?? 0
    pages.delete(key)
  }

  return {
    get: (question, head) => {
      const key = keyOf(question)
      const known = pages.get(key)
      if (known === undefined) return undefined
      const { page } = known
      if (page.head !== head && page.to >= page.head) {
        drop(key)
        return undefined
      }
      pages.delete(key)
      pages.set(key, known)
      return page.head === head ? page : { ...page, head }
    },
    put: (question, page) => {
      const key = keyOf(question)
      if (!remember(key)) return
      const bytes = page.entries.reduce((sum, entry) => sum + 2 * entry.response.length + ENTRY_BYTES, 0)
      drop(key)
      pages.set(key, { page, bytes })
      heldBytes += bytes
      for (const oldest of pages.keys()) {
        if (heldBytes <= limitBytes) return
        drop(oldest)
      }
    },
    clear: () => {
      pages.clear()
      heldBytes = 0
    },
  }
}

function keyOf({ sessionId, after, before, limit, detail }: PageQuestion): string {
  return [sessionId, detail, after ?? '', before ?? '', limit].join(' ')
}
