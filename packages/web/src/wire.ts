// What comes over the wire: the making of its schemas is a task of its own (see `main.ts`).
import './services/incoming.ts'
