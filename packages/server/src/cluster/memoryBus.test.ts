import { busContract } from './busContract.ts'
import { createMemoryBuses } from './memoryBus.ts'

busContract('the double', () => Promise.resolve(createMemoryBuses()))
