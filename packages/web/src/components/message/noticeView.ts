import { permissionModeSchema, type NoticeBody, type NoticeItem } from '@farhand/shared'
import { visible } from '../../format/text.ts'
import { dayAndTime } from '../../format/time.ts'
import { settingTexts } from '../../texts/run.ts'
import { importTexts, limitTexts, noticeTexts } from '../../texts/notices.ts'

/** How a notice is shown. `rule`: a line across, where another record begins or ends. */
export type NoticeView = {
  text: string
  rule: boolean
  /** What was not understood, as it came. */
  raw?: string
  /** Another session that it is about. */
  sessionId?: string
}

/** Types whose entry is a border of the conversation. */
const RULES: ReadonlySet<string> = new Set(['import_began', 'import_ended'])

/** Pure. */
export function noticeView({ notice, at }: NoticeItem): NoticeView {
  const { type, message, raw, sessionId } = notice
  const say = Object.hasOwn(noticeTexts, type) ? noticeTexts[type] : undefined
  const text =
    type === 'import_began'
      ? tellImport(notice)
      : (modeNow(notice) ?? say?.(message) ?? message) + tellReset(notice, at)
  return {
    text: visible(text),
    rule: RULES.has(type),
    ...(raw === undefined ? {} : { raw: visible(typeof raw === 'string' ? raw : JSON.stringify(raw, null, 2)) }),
    ...(type === 'import_shared' && typeof sessionId === 'string' ? { sessionId } : {}),
  }
}

/** The agent tells a mode by Claude Code's name for it. */
function modeNow({ type, permissionMode }: NoticeBody): string | undefined {
  const mode = type === 'setting' ? permissionModeSchema.safeParse(permissionMode).data : undefined
  return mode === undefined ? undefined : settingTexts.modeNow(settingTexts.modes[mode])
}

/** A limit that is reached says until when. */
function tellReset({ type, resetsAt }: NoticeBody, at: number): string {
  return type === 'rate_limit' && typeof resetsAt === 'number' ? ` ${limitTexts.resets(dayAndTime(resetsAt, at))}` : ''
}

function tellImport({ title, messages, omitted }: NoticeBody): string {
  return [
    typeof title === 'string' && title !== '' ? importTexts.began(title) : (noticeTexts['import_began']?.('') ?? ''),
    typeof messages === 'number' ? importTexts.messages(messages.toLocaleString('en')) : '',
    typeof omitted === 'number' && omitted > 0 ? importTexts.omitted(omitted.toLocaleString('en')) : '',
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
