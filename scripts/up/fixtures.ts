import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A repository with a server and an agent that only do what the start script sees of them. */
export async function fakeRepository(
  mains: { server?: string; agent?: string } = {},
): Promise<AsyncDisposable & { root: string }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'farhand-up-')))
  const files = {
    'packages/server/src/main.ts': mains.server ?? SERVER,
    'packages/agent/src/main.ts': mains.agent ?? AGENT,
    'packages/web/dist/index.html': '<!doctype html>',
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

const STAY_UNTIL_TOLD = `process.once('SIGTERM', () => process.exit(0))\n`

export const SERVER = `
import { createServer } from 'node:http'
${STAY_UNTIL_TOLD}
const { HOST, PORT, AGENT_TOKEN } = process.env
const server = createServer((request, response) => response.end(request.url === '/token' ? AGENT_TOKEN : 'ok'))
server.listen(Number(PORT), HOST, () => {
  console.log('Login link (works once): http://' + HOST + ':' + PORT + '/login#code=secret')
  console.log('pid ' + process.pid)
})
`

export const AGENT = `
${STAY_UNTIL_TOLD}
setInterval(() => {}, 1000)
console.log('pid ' + process.pid)
const ask = () => fetch(process.env.SERVER_URL + '/token').catch(() => new Promise((done) => setTimeout(done, 50)).then(ask))
const answer = await ask()
console.log((await answer.text()) === process.env.AGENT_TOKEN ? 'the token is the same' : 'the token differs')
console.log('Connected to ' + process.env.SERVER_URL + ', serving ' + process.env.PROJECTS)
`

/** Says its own number and that of a child that ignores everything short of SIGKILL. */
export const STUBBORN_AGENT = `
import { spawn } from 'node:child_process'
const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'ignore' })
console.log('pid ' + process.pid)
console.log('pid ' + child.pid)
console.log('Connected to nobody')
process.once('SIGTERM', () => process.exit(0))
`

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // there is no such process
  }
}
