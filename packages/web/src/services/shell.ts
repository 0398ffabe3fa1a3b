/**
 * Lets the page be opened without the relay. Nothing depends on it: on plain HTTP from another machine, or where the
 * browser refuses, the page just has to be loaded from the relay.
 */
export async function keepShell(
  workers: Pick<ServiceWorkerContainer, 'register' | 'ready'> | undefined = navigator.serviceWorker,
): Promise<void> {
  if (workers === undefined || !import.meta.env.PROD) return
  try {
    await workers.register('/sw.js')
    const { active } = await workers.ready
    if (active !== null) nameFiles((keep) => active.postMessage({ keep }))
  } catch (error) {
    console.info('This page cannot be opened without the relay.', error)
  }
}

/**
 * Names what the page was made of before the worker stood between it and the relay, and what it asks for from then on: a
 * part of the page that is asked for just before the worker takes over, and comes after, is seen by neither otherwise.
 */
export function nameFiles(tell: (urls: string[]) => void): void {
  const observer = new PerformanceObserver((list) => {
    const files = list.getEntries().map(({ name }) => name)
    const own = files.filter((url) => new URL(url).pathname.startsWith('/assets/'))
    if (own.length > 0) tell(own)
  })
  observer.observe({ type: 'resource', buffered: true })
}
