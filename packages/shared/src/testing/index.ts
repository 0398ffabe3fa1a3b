export { buildEntry, buildLog, COMMAND_ID, SESSION_ID } from './builders.ts'
export { seededRandom, type Random } from './random.ts'
export { socketPair, type SocketPair } from './socketPair.ts'
