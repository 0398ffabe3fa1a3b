import type { History, Intent } from '../history.ts'
import { Refused, type Client } from './client.ts'
import type { FileOutbox } from './outbox.ts'

/** Says each intent until it is answered: after a silence or a lost link the same id goes again (CMD1). */
export type Sender = {
  send(intent: Intent): void
  /** The link is there: whatever waits is sent. */
  flush(): void
  waiting(): number
  close(): void
}

export type SenderOptions = {
  who: string
  projectOf(sessionId: string): string
  client: Client
  outbox: FileOutbox
  history: History
  onAnswered?(intent: Intent, code: string | undefined): void
}

const AGAIN_MS = 1_000
const OWN_PROCESS = { options: { maxTurns: 5 } }

export function createSender(options: SenderOptions): Sender {
  const { who, client, outbox, history } = options
  const underWay = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function answered(intent: Intent, code: string | undefined): void {
    outbox.done(intent.id)
    options.onAnswered?.(intent, code)
  }

  async function attempt(intent: Intent): Promise<void> {
    const { id, sessionId } = intent
    try {
      const { seq } = await client.ask<{ seq: number }>(...payloadOf(intent, options.projectOf(sessionId)))
      history.write({ ev: 'acked', who, sessionId, id, seq })
      answered(intent, undefined)
    } catch (error) {
      if (!(error instanceof Refused)) return // it stays in the outbox
      history.write({ ev: error.retryable ? 'putOff' : 'refused', who, sessionId, id, code: error.code })
      if (error.retryable) return
      answered(intent, error.code)
    } finally {
      underWay.delete(id)
    }
  }

  function flush(): void {
    clearTimeout(timer)
    if (closed) return
    for (const intent of outbox.waiting()) {
      if (underWay.has(intent.id)) continue
      underWay.add(intent.id)
      void attempt(intent)
    }
    timer = outbox.waiting().length > 0 ? setTimeout(flush, AGAIN_MS) : undefined
  }

  return {
    send(intent) {
      outbox.add(intent)
      history.write({ ev: 'send', who, intent })
      flush()
    },
    flush,
    waiting: () => outbox.waiting().length,
    close() {
      closed = true
      clearTimeout(timer)
      outbox.close()
    },
  }
}

function payloadOf(intent: Intent, projectId: string): ['execute_command' | 'send_input', object] {
  const { id, sessionId, about, digest, behavior, key } = intent
  switch (intent.kind) {
    case 'command':
      return [
        'execute_command',
        { projectId, sessionId, commandId: id, command: about, ...(intent.ownProcess === true ? OWN_PROCESS : {}) },
      ]
    case 'cancel':
      return [
        'send_input',
        { sessionId, inputId: id, kind: 'cancel', key: about, data: JSON.stringify({ commandId: about }) },
      ]
    case 'decision': {
      const data = JSON.stringify({ requestId: about, digest, behavior, scope: 'once' })
      return ['send_input', { sessionId, inputId: id, kind: 'decision', key: about, digest, data }]
    }
    case 'confirm': {
      const data = JSON.stringify({ action: 'confirm', commandId: about })
      return ['send_input', { sessionId, inputId: id, kind: 'queue', key, data }]
    }
    default:
      return intent.kind satisfies never
  }
}
