import { say, type Block, type Message } from '../reply.ts'
import type { Scenario, Scene } from './scenario.ts'

const TASKS = [
  { subject: 'Read the greeting', activeForm: 'Reading the greeting' },
  { subject: 'Write the table of languages', activeForm: 'Writing the table of languages' },
  { subject: 'Check the result', activeForm: 'Checking the result' },
]

export const tasks: Scenario = {
  name: 'tasks',
  suggestion: { say: 'make a task list', shows: 'tasks and their progress' },
  matches: /\b(tasks?|to-?dos?)\b/i,
  turns: [
    message(
      'Three things to do:',
      TASKS.map((task) => ({ type: 'tool', name: 'TaskCreate', input: { ...task, description: task.subject } })),
    ),
    (scene) => message('First things first.', [update(scene, 0, 'in_progress')]),
    (scene) => message('On to the table.', [update(scene, 0, 'completed'), update(scene, 1, 'in_progress')]),
    (scene) => message('Nearly there.', [update(scene, 1, 'completed'), update(scene, 2, 'in_progress')]),
    (scene) => message('And the last one.', [update(scene, 2, 'completed')]),
    say('All three tasks are done.'),
  ],
}

function message(text: string, calls: Block[]): Message {
  return { type: 'message', blocks: [{ type: 'text', text }, ...calls] }
}

/** Claude Code numbers the tasks itself, on and on within a conversation; the result of each TaskCreate names its number. */
function update(scene: Scene, index: number, status: string): Block {
  const created = scene.calls.filter((made) => made.name === 'TaskCreate')[index]
  const taskId = /#(\d+)/.exec(created?.result?.text ?? '')?.[1] ?? String(index + 1)
  return { type: 'tool', name: 'TaskUpdate', input: { taskId, status } }
}
