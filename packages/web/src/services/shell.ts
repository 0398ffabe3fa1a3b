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
    active?.postMessage({ keep: performance.getEntriesByType('resource').map(({ name }) => name) })
  } catch (error) {
    console.info('This page cannot be opened without the relay.', error)
  }
}
