export * from './random.ts'
export * from './builders.ts'
export * from './socketPair.ts'
