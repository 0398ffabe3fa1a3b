import { TASK_STATES, type Task } from '@farhand/shared'
import { z } from 'zod'

/** A tool call that went well: what was asked, and what came of it. */
export type ToolDone = { name: string; input: Record<string, unknown>; output: string; structured: unknown }

/**
 * The task list after a tool call, or `undefined` where the call has nothing to do with it. Claude Code changes single
 * tasks (TaskCreate, TaskUpdate) or writes the whole list (TodoWrite); an observer always gets the whole list. Pure.
 */
export function foldTasks(tasks: readonly Task[], { name, input, output, structured }: ToolDone): Task[] | undefined {
  switch (name) {
    case 'TodoWrite': {
      const todos = todoWriteSchema.safeParse(input).data?.todos
      return todos?.map(({ content, status, activeForm }, index) => ({
        id: String(index + 1),
        subject: content,
        status,
        ...(activeForm === undefined ? {} : { activeForm }),
      }))
    }
    case 'TaskCreate': {
      const created = taskCreateSchema.safeParse(input).data
      const id = createdSchema.safeParse(structured).data?.task.id ?? /#(\d+)/.exec(output)?.[1]
      if (created === undefined || id === undefined) return undefined
      const { subject, activeForm } = created
      const task: Task = { id, subject, status: 'pending', ...(activeForm === undefined ? {} : { activeForm }) }
      return [...tasks.filter((other) => other.id !== id), task]
    }
    case 'TaskUpdate': {
      const update = taskUpdateSchema.safeParse(input).data
      if (update === undefined) return undefined
      const { taskId, status, subject, activeForm } = update
      if (status === 'deleted') return tasks.filter((task) => task.id !== taskId)
      const change = {
        ...(status === undefined ? {} : { status }),
        ...(subject === undefined ? {} : { subject }),
        ...(activeForm === undefined ? {} : { activeForm }),
      }
      return tasks.map((task) => (task.id === taskId ? { ...task, ...change } : task))
    }
    default:
      return undefined
  }
}

const stateSchema = z.enum(TASK_STATES)
const todoWriteSchema = z.object({
  todos: z.array(z.object({ content: z.string(), status: stateSchema, activeForm: z.string().optional() })),
})
const taskCreateSchema = z.object({ subject: z.string(), activeForm: z.string().optional() })
const createdSchema = z.object({ task: z.object({ id: z.string() }) })
const taskUpdateSchema = z.object({
  taskId: z.string(),
  status: z.union([stateSchema, z.literal('deleted')]).optional(),
  subject: z.string().optional(),
  activeForm: z.string().optional(),
})
