import { fetchSessionFiles } from './services/sessionFiles.ts'

// Every file that it needs is on its way by then, and is not held up by it.
if (location.pathname.startsWith('/s/')) queueMicrotask(fetchSessionFiles)
