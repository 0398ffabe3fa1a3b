/** Where vue-router keeps how far pages were scrolled. */
const SCROLL_KEY = 'vue-router:scroll'

/**
 * To be called before vue-router is read: in a new tab it parses what is not there, and to say where that went wrong V8
 * reads the whole file a second time, a tenth of a second on a slow device.
 */
export function prepareRouterMemory(storage: () => Storage = () => sessionStorage): void {
  try {
    storage()[SCROLL_KEY] ??= '{}'
  } catch {
    // It is not to be had in this browser; vue-router does without it, too.
  }
}
