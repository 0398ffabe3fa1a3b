import type { Room } from './room.ts'

/** What is recorded, by the name of its file. Each has a session of its own in a fresh project. */
export const SCENES: Record<string, (room: Room) => Promise<void>> = {
  'an-edit-allowed': async (room) => {
    const command = await room.say('change the greeting')
    await room.decide(await room.request(), { behavior: 'allow', scope: 'once' })
    await room.ended(command)
  },
  'a-command-denied': async (room) => {
    const command = await room.say('run the tests')
    await room.decide(await room.request(), { behavior: 'deny', message: 'Not today, only look at them.' })
    await room.ended(command)
  },
  'a-question-answered': async (room) => {
    const command = await room.say('ask me a question')
    const request = await room.request()
    await room.decide(request, { behavior: 'allow', answers: firstAnswers(request.input) })
    await room.ended(command)
  },
  'a-plan-approved': async (room) => {
    const command = await room.say('make a plan', { permissionMode: 'plan' })
    await room.decide(await room.request(), { behavior: 'allow', scope: 'once' })
    await room.ended(command)
  },
  'a-subagent': async (room) => await room.ended(await room.say('use a subagent')),
  tasks: async (room) => await room.ended(await room.say('make a task list')),
  thinking: async (room) => await room.ended(await room.say('think about it')),
  'a-failed-run': async (room) => await room.ended(await room.say('cause an API error')),
  'a-stopped-run': async (room) => {
    const command = await room.say('lines 2000 2000 ms')
    await room.until(({ kind }) => kind === 'text')
    await room.stop(command)
    await room.ended(command)
  },
  'two-in-line': async (room) => {
    const first = await room.say('lines 20 20 ms')
    const second = await room.say('echo and then this')
    await room.ended(first)
    await room.ended(second)
  },
}

/** The first choice of each question, by its text. */
function firstAnswers(input: Record<string, unknown>): Record<string, string> {
  const questions = input['questions'] as readonly { question: string; options: readonly { label: string }[] }[]
  return Object.fromEntries(questions.map(({ question, options }) => [question, options[0]?.label ?? '']))
}
