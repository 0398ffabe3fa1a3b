import { readSpeed, startModel } from './model.ts'

/** `node scripts/model/main.ts`: the scripted model alone, for a Claude Code that you start yourself. */
const model = await startModel({
  port: Number(process.env.PORT ?? 0),
  speed: readSpeed(process.env),
})
process.stdout.write(`ANTHROPIC_BASE_URL=${model.url}\n`)
process.once('SIGINT', () => void model.close())
process.once('SIGTERM', () => void model.close())
