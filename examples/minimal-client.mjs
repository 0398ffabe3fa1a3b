// A whole client of the documented protocol (docs/protocol.md), with nothing but socket.io-client:
// sends one command and prints `command_result` until the terminal entry.
//   FARHAND_TOKEN=… node examples/minimal-client.mjs "Say hello"
//   FARHAND_URL (http://127.0.0.1:3000) and FARHAND_PROJECT (its id or name; the first one otherwise) are optional.
//   The token is the server's OWNER_TOKEN, or one made by `npm run server -- token owner`.
import { randomUUID } from 'node:crypto'
import { io } from 'socket.io-client'

const { FARHAND_URL = 'http://127.0.0.1:3000', FARHAND_TOKEN, FARHAND_PROJECT } = process.env
const command = process.argv.slice(2).join(' ')
if (!FARHAND_TOKEN || !command) fail('Usage: FARHAND_TOKEN=… node examples/minimal-client.mjs "your prompt"')

const socket = io(FARHAND_URL, { auth: { token: FARHAND_TOKEN }, transports: ['websocket'] })
const commandId = randomUUID() // made once: sending it again after a reconnect does not run it again
let [cursor, sessionId] = [0]

socket.on('connect_error', (error) => fail(`Cannot connect: ${error.message}`))

// Nothing may be sent before `welcome`. It comes again after each reconnect.
socket.on('welcome', async () => {
  const { projects } = await ask('list_projects', {})
  const project = projects.find(({ projectId, name }) => [projectId, name].includes(FARHAND_PROJECT)) ?? projects[0]
  if (!project) fail('No project is registered yet. Start an agent: npm run agent')
  const accepted = await ask('execute_command', { projectId: project.projectId, command, commandId })
  sessionId = accepted.sessionId
  await catchUp() // cures whatever was missed before or between connections
})

// One entry, or several in order. Each is applied once; a hole means: read again from the cursor.
socket.on('command_result', (result) => {
  for (const entry of [result].flat()) {
    if (entry.prev > cursor) return void catchUp()
    if (entry.seq > cursor) apply(entry)
  }
})

async function catchUp() {
  for (let page; !page || page.to < page.head;) {
    page = await ask('subscribe', { sessionId, after: cursor }) // joins the room and reads: one cure for every loss
    for (const entry of page.entries) if (entry.seq > cursor) apply(entry)
    cursor = Math.max(cursor, page.to)
  }
}

function apply(entry) {
  cursor = entry.seq
  console.log(`${entry.seq} ${entry.kind} ${JSON.stringify(entry.response)}`)
  if (entry.commandId === commandId && entry.status !== 'streaming') process.exit(entry.status === 'complete' ? 0 : 1)
}

async function ask(event, payload) {
  const answer = await socket.timeout(10_000).emitWithAck(event, payload)
  return answer.ok ? answer : fail(`${event}: ${answer.error.code}: ${answer.error.message}`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
