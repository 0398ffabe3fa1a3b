import { z } from 'zod'
import type { Question } from '../../format/request.ts'

const choiceSchema = z.object({ labels: z.array(z.string()), other: z.string(), otherChosen: z.boolean() })
/** What is chosen so far: labels, and the text of Other, by question. */
export type Choice = z.infer<typeof choiceSchema>

export const noChoice: Choice = { labels: [], other: '', otherChosen: false }

/** Answers by question text; several choices are joined with ", ". Undefined while a question has none. */
export function answersOf(
  questions: readonly Question[],
  choices: readonly Choice[],
): Record<string, string> | undefined {
  const answers: Record<string, string> = {}
  for (const [index, question] of questions.entries()) {
    const answer = answerOf(question, choices[index] ?? noChoice)
    if (answer === '') return undefined
    answers[question.question] = answer
  }
  return answers
}

/** The questions that have an answer by now, with it, as lines for Claude to read. */
export function answersSoFar(questions: readonly Question[], choices: readonly Choice[]): string[] {
  return questions.flatMap((question, index) => {
    const answer = answerOf(question, choices[index] ?? noChoice)
    return answer === '' ? [] : [`- ${question.question} ${answer}`]
  })
}

function answerOf(question: Question, { labels, other, otherChosen }: Choice): string {
  // In the order in which they are offered, whatever the order of clicking was.
  const chosen = question.options.map((option) => option.label).filter((label) => labels.includes(label))
  const own = otherChosen ? other.trim() : ''
  if (otherChosen && own === '') return ''
  return [...chosen, ...(own === '' ? [] : [own])].join(', ')
}

export function choose(question: Question, choice: Choice, label: string): Choice {
  if (question.multiSelect !== true) return { ...choice, labels: [label], otherChosen: false }
  const labels = choice.labels.includes(label)
    ? choice.labels.filter((other) => other !== label)
    : [...choice.labels, label]
  return { ...choice, labels }
}

export function chooseOther(question: Question, choice: Choice, chosen: boolean): Choice {
  return { ...choice, otherChosen: chosen, labels: question.multiSelect === true ? choice.labels : [] }
}

const PREFIX = 'farhand:answer:'

/** Half an answer, kept until this tab closes. Undefined: it is given. */
export function keepChoices(requestId: string, choices: readonly Choice[] | undefined): void {
  try {
    if (choices === undefined) sessionStorage.removeItem(PREFIX + requestId)
    else sessionStorage.setItem(PREFIX + requestId, JSON.stringify(choices))
  } catch {
    // storage may be switched off or full: then half an answer lives as long as its card
  }
}

export function keptChoices(requestId: string, questions: number): Choice[] | undefined {
  try {
    const kept = z.array(choiceSchema).length(questions)
    return kept.safeParse(JSON.parse(sessionStorage.getItem(PREFIX + requestId) ?? 'null')).data
  } catch {
    return undefined
  }
}
