import type { RequestBody } from '@farhand/shared'
import { requestTexts } from '../texts/requests.ts'

const { risks: texts } = requestTexts

const COMMAND_RISKS: readonly (readonly [RegExp, string])[] = [
  [/(^|[\s;&|(])(sudo|doas|su)\s/, texts.sudo],
  [/\b(curl|wget)\b[^\n;]*\|\s*(sudo\s+)?(ba|z|da|fi)?sh\b/, texts.download],
  [/\brm\s+(-\w*[rf]\w*\s+)+/, texts.erase],
  [/\bgit\s+push\b[^\n;&|]*(\s--force\b|\s-f\b|\s--force-with-lease\b)/, texts.force],
]

/**
 * What a person should notice before they allow it. Plain rules that see the usual forms; they miss what wants to be
 * missed, so they warn and never decide. `directory` is where Claude works. Pure.
 */
export function risksOf({ tool, input }: RequestBody, directory: string | undefined): string[] {
  const command = tool === 'Bash' && typeof input['command'] === 'string' ? input['command'] : ''
  const path = [input['file_path'], input['notebook_path']].find((one) => typeof one === 'string')
  return [
    ...COMMAND_RISKS.filter(([pattern]) => pattern.test(command)).map(([, text]) => text),
    ...(input['dangerouslyDisableSandbox'] === true ? [texts.sandbox] : []),
    ...(typeof path === 'string' && isOutside(path, directory) ? [texts.outside] : []),
  ]
}

function isOutside(path: string, directory: string | undefined): boolean {
  if (directory === undefined || directory === '' || !/^([/\\]|[A-Za-z]:)/.test(path)) return path.startsWith('..')
  const inside = directory.endsWith('/') ? directory : `${directory}/`
  return !path.startsWith(inside) || path.split(/[/\\]/).includes('..')
}
