/**
 * The closed list of codes. A code never changes its meaning and is never reused.
 * Each says who is at fault, whether the same request may be sent again, and what to do.
 */

export type Fault = 'sender' | 'relay' | 'agent' | 'claude' | 'acp' | 'nobody'

export type CodeEntry = {
  fault: Fault
  /** May the very same request be sent again, after `retryAfterMs` where it is given? */
  retryable: boolean
  meaning: string
  remedy: string
}

export const ERROR_CODES = {
  BAD_REQUEST: {
    fault: 'sender',
    retryable: false,
    meaning: 'The message has the wrong shape or a value that is not allowed.',
    remedy: 'Read the message, correct the request.',
  },
  TOO_LARGE: {
    fault: 'sender',
    retryable: false,
    meaning: 'The text is longer than the limits in `welcome` allow.',
    remedy: 'Shorten it, or put it into a file of the project and name the file.',
  },
  UNSUPPORTED_FILE: {
    fault: 'sender',
    retryable: false,
    meaning: 'The file is not what its type or its name says, or did not arrive whole.',
    remedy: 'Send the file as it is, under a name that fits it.',
  },
  UNAUTHENTICATED: {
    fault: 'sender',
    retryable: false,
    meaning: 'There is no valid login, ticket or token.',
    remedy: 'Sign in again; an agent needs a valid token.',
  },
  FORBIDDEN: {
    fault: 'sender',
    retryable: false,
    meaning: 'This origin, account or token may not do that.',
    remedy: 'Open the page under its own address (PUBLIC_URL, ALLOWED_ORIGINS), or ask the owner for the right.',
  },
  NOT_FOUND: {
    fault: 'sender',
    retryable: false,
    meaning: 'There is no such project, session, request or method for you.',
    remedy: 'List the projects or sessions again.',
  },
  RATE_LIMITED: {
    fault: 'sender',
    retryable: true,
    meaning: 'Too many requests in a short time.',
    remedy: 'Wait for `retryAfterMs`, then send again.',
  },
  QUEUE_FULL: {
    fault: 'sender',
    retryable: true,
    meaning: 'Too many commands of this session wait already.',
    remedy: 'Wait until some have run, or withdraw some.',
  },
  EXPIRED: {
    fault: 'nobody',
    retryable: false,
    meaning: 'The command was not started before its `expiresAt`.',
    remedy: 'Send it again if it is still wanted.',
  },
  IDEMPOTENCY_CONFLICT: {
    fault: 'sender',
    retryable: false,
    meaning: 'This id was used before with another body.',
    remedy: 'Make a new id for a new command or input.',
  },
  UPGRADE_REQUIRED: {
    fault: 'sender',
    retryable: false,
    meaning: 'The two ends speak different protocol versions.',
    remedy: 'Reload the page, or update the agent.',
  },
  STORAGE_BUSY: {
    fault: 'relay',
    retryable: true,
    meaning: 'The database is locked by another program.',
    remedy: 'Send again shortly; close the other program.',
  },
  STORAGE_UNAVAILABLE: {
    fault: 'relay',
    retryable: true,
    meaning: 'The relay cannot write: the disk is full, read-only or failing.',
    remedy: 'Free space or repair the disk; nothing that was acknowledged is lost.',
  },
  LOG_ROLLED_BACK: {
    fault: 'relay',
    retryable: false,
    meaning: 'The log was restored from an older copy.',
    remedy: 'Read the session again from its start; the page does it by itself.',
  },
  SLOW_CONSUMER: {
    fault: 'sender',
    retryable: true,
    meaning: 'This reader took too long to read what was sent.',
    remedy: 'Connect again; reading goes on from the cursor.',
  },
  AGENT_OFFLINE: {
    fault: 'agent',
    retryable: true,
    meaning: 'The machine of this project is not connected.',
    remedy: 'Start `npm run agent` there. Commands wait for it; questions to it cannot.',
  },
  AGENT_CONFLICT: {
    fault: 'agent',
    retryable: false,
    meaning: 'Another agent already serves this project.',
    remedy: 'Stop one of the two; a copied agent directory needs its own.',
  },
  FENCED: {
    fault: 'agent',
    retryable: false,
    meaning: 'A newer connection of the same agent took over.',
    remedy: 'Nothing, where the agent restarted. Two running copies of one agent: stop one.',
  },
  GAP: {
    fault: 'agent',
    retryable: true,
    meaning: 'Numbers are missing between the last response and this one.',
    remedy: 'Send again from the number named; the agent does it by itself.',
  },
  DIVERGED: {
    fault: 'agent',
    retryable: false,
    meaning: 'The agent sent other content under a number that the log holds already.',
    remedy: 'The agent directory was copied or restored: remove it and register the projects anew.',
  },
  AGENT_STORAGE: {
    fault: 'agent',
    retryable: true,
    meaning: 'The agent cannot write its spool: the disk is full, read-only or failing.',
    remedy: 'Free space on that machine.',
  },
  CLAUDE_NOT_FOUND: {
    fault: 'claude',
    retryable: false,
    meaning: 'Claude Code could not be started on that machine.',
    remedy: 'Install it there, or set CLAUDE_PATH.',
  },
  CLAUDE_AUTH: {
    fault: 'claude',
    retryable: false,
    meaning: 'Claude Code is not logged in on that machine, or its key is refused.',
    remedy: 'Run `claude` there and log in, or set ANTHROPIC_API_KEY for the agent.',
  },
  CLAUDE_EXIT: {
    fault: 'claude',
    retryable: false,
    meaning: 'Claude Code ended with an error before the run was done.',
    remedy: 'Send the command again to go on.',
  },
  CLAUDE_NO_RESULT: {
    fault: 'claude',
    retryable: false,
    meaning: 'Claude Code ended without a result.',
    remedy: 'Send the command again to go on.',
  },
  CLAUDE_PROTOCOL: {
    fault: 'claude',
    retryable: false,
    meaning: 'Claude Code printed too much that is not its protocol.',
    remedy: 'Look for a hook or wrapper that prints to stdout; check CLAUDE_PATH.',
  },
  ACP_NOT_FOUND: {
    fault: 'acp',
    retryable: false,
    meaning: 'The agent that was named for this machine could not be started.',
    remedy: 'Install it there, or correct `--acp` (ACP_COMMAND) and start the agent again.',
  },
  ACP_AUTH: {
    fault: 'acp',
    retryable: false,
    meaning: 'The ACP agent wants a login on that machine.',
    remedy: 'Log in there with its own command, or hand its key on with PASS_ENV.',
  },
  ACP_EXIT: {
    fault: 'acp',
    retryable: false,
    meaning: 'The ACP agent ended, or gave up, before the run was done.',
    remedy: 'Read the message and the detail; send the command again to go on.',
  },
  ACP_PROTOCOL: {
    fault: 'acp',
    retryable: false,
    meaning: 'What was named as an ACP agent does not speak the protocol, or another version of it.',
    remedy: 'Check `--acp` (ACP_COMMAND): many agents need an option for it; update the older of the two.',
  },
  CWD_FORBIDDEN: {
    fault: 'sender',
    retryable: false,
    meaning: 'The working directory is outside the registered project.',
    remedy: 'Choose a directory inside the project, or register another project at the machine.',
  },
  CWD_MISSING: {
    fault: 'agent',
    retryable: false,
    meaning: 'The working directory does not exist on that machine.',
    remedy: 'Create it there, or choose another.',
  },
  CANCELLED: {
    fault: 'nobody',
    retryable: false,
    meaning: 'Somebody stopped the command.',
    remedy: 'Nothing; send another command to go on.',
  },
  TIMEOUT_IDLE: {
    fault: 'claude',
    retryable: false,
    meaning: 'Claude Code gave no sign of life for too long and was ended.',
    remedy: 'Send the command again to go on.',
  },
  TIMEOUT_TOTAL: {
    fault: 'claude',
    retryable: false,
    meaning: 'The run took longer than its limit and was ended.',
    remedy: 'Raise the limit, or split the work.',
  },
  INTERRUPTED: {
    fault: 'agent',
    retryable: false,
    meaning: 'The agent stopped while the command ran; its outcome cannot be known.',
    remedy: 'Look at what was done, then send a command to go on. It is never run again by itself.',
  },
  ALREADY_DECIDED: {
    fault: 'nobody',
    retryable: false,
    meaning: 'Somebody else answered this request first.',
    remedy: 'Nothing; the answer that counted is shown.',
  },
  STALE: {
    fault: 'sender',
    retryable: false,
    meaning: 'The decision is about another input than the one that waits.',
    remedy: 'Look at the request as it is now, and decide again.',
  },
  BUDGET_EXCEEDED: {
    fault: 'nobody',
    retryable: false,
    meaning: 'The run reached its limit of cost or turns.',
    remedy: 'Raise the limit, or send a command to go on.',
  },
  RESTARTING: {
    fault: 'relay',
    retryable: true,
    meaning: 'The relay restarts.',
    remedy: 'Nothing; pages and agents connect again by themselves.',
  },
  INTERNAL: {
    fault: 'relay',
    retryable: true,
    meaning: 'A fault of Farhand itself.',
    remedy: 'Send again; if it stays, report it with the log line of that moment.',
  },
} as const satisfies Record<string, CodeEntry>

export type ErrorCode = keyof typeof ERROR_CODES

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)
}

/** An error as it crosses the wire. `code` is a plain string for readers, who may be older than the sender. */
export type WireError = { code: string; message: string; retryable: boolean; retryAfterMs?: number }

export type FarhandErrorOptions = { retryAfterMs?: number; cause?: unknown }

/** An error with a code of the closed list. Its message is for people and holds no contents. */
export class FarhandError extends Error {
  override readonly name = 'FarhandError'
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string = ERROR_CODES[code].meaning, options: FarhandErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What a door answers. A fault without a code is `INTERNAL`, and its text stays inside. */
export function toWire(error: unknown): WireError {
  const known = error instanceof FarhandError ? error : new FarhandError('INTERNAL')
  return {
    code: known.code,
    message: known.message,
    retryable: ERROR_CODES[known.code].retryable,
    ...(known.retryAfterMs === undefined ? {} : { retryAfterMs: known.retryAfterMs }),
  }
}

export function fromWire(error: WireError): FarhandError {
  const code = isErrorCode(error.code) ? error.code : 'INTERNAL'
  return new FarhandError(
    code,
    error.message,
    error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs },
  )
}
