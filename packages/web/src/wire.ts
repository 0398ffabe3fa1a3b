// What goes over the wire: the making of its schemas is a task of its own (see `main.ts`).
import '@farhand/shared'
