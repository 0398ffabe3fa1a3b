import { describeOneTime } from './contract/oneTime.ts'
import { createOneTime } from './oneTime.ts'

const memory = createOneTime(performance)
describeOneTime('in memory', () => [memory, memory])
