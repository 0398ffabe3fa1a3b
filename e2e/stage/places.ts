/** What is looked at in the page itself. Each stands alone, so that it can be handed to any browser. */

export type Place = { row: string; top: number }

/** The first line in view and where it stands. */
export function firstRowInPage(): Place {
  const edge = document.querySelector('#conversation')?.getBoundingClientRect().top ?? 0
  const row = [...document.querySelectorAll<HTMLElement>('[data-row]:not([data-mark])')].find(
    (one) => one.getBoundingClientRect().bottom > edge,
  )
  return { row: row?.dataset['row'] ?? '', top: row?.getBoundingClientRect().top ?? 0 }
}

/** How far that line stands from there now, in pixels; -1 where it is gone. */
export function driftInPage({ row, top }: Place): number {
  const now = document.querySelector(`[data-row="${CSS.escape(row)}"]`)?.getBoundingClientRect().top
  return now === undefined ? -1 : Math.abs(now - top)
}

/** What of the conversation is below the edge, in pixels. */
export function distanceToEndInPage(): number {
  const scroller = document.querySelector('#conversation')
  return scroller === null ? -1 : scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
}

/** The most of it in so long, looked at before each paint, after what the page itself does when its content grows. */
export async function farthestFromEndInPage(ms: number): Promise<number> {
  const scroller = document.querySelector('#conversation')
  if (scroller === null) return -1
  let farthest = 0
  const observer = new ResizeObserver(() => {
    farthest = Math.max(farthest, scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight)
  })
  for (const part of scroller.children) observer.observe(part)
  await new Promise((over) => setTimeout(over, ms))
  observer.disconnect()
  return farthest
}
