import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { converseOnce } from '../claude/converseOnce.ts'
import { startProbeModel } from './probeModel.ts'
import { shapesOf, type Shapes } from './shapes.ts'

const PROBE_MS = 60_000

/**
 * Has one short conversation with the installed Claude Code, and says what its messages look like. The model is a scripted one
 * on this machine: no account is used, nothing leaves the machine, and the home directory and the project are temporary ones.
 * Rejects where the conversation does not come to its end.
 */
export async function probeClaude(program: {
  executable: string
  path: string
  marker: string
  id: string
  /** Aborts where nobody waits any more. */
  signal: AbortSignal
}): Promise<Shapes> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'farhand-probe-')))
  const model = await startProbeModel(home)
  try {
    const { executable, path, marker, id, signal } = program
    const prompt = { id, content: 'Write probe.txt, then run echo.' }
    const env = environment(home, path, model.url)
    return shapesOf(await converseOnce({ executable, env, cwd: home, marker, signal, prompt, patienceMs: PROBE_MS }))
  } finally {
    await model.close()
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

function environment(home: string, path: string, url: string): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    USERPROFILE: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'probe',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    DISABLE_AUTOUPDATER: '1',
  }
}
