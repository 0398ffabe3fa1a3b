import { defineAsyncComponent, onErrorCaptured, type Component } from 'vue'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { pageTexts } from '../texts/shell.ts'

/** The file of a part did not come: the relay is away, or has another build by now. */
export class PartNotLoaded extends Error {}

/**
 * A part of the page whose file is fetched when it is first shown. Where that fails it is fetched again the next time it is
 * shown; whoever shows it says so meanwhile: `onPartNotLoaded`, or an `ErrorBoundary` around it.
 */
export function lazyPart<Part extends Component>(load: () => Promise<{ default: Part }>): Part {
  return defineAsyncComponent(() =>
    load().then(
      (file) => file.default,
      (cause: unknown) => {
        throw new PartNotLoaded(pageTexts.partFailed, { cause })
      },
    ),
  )
}

/** Says that a part which was asked for here did not come, and calls `close`: what is still open can't be asked for again. */
export function onPartNotLoaded(close: () => void): void {
  onErrorCaptured((error) => {
    if (!(error instanceof PartNotLoaded)) return true
    useNoticeStore().show(error.message)
    close()
    return false
  })
}
