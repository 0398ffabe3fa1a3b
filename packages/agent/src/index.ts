export { runAgent, type Agent, type AgentParts } from './run.ts'
export { loadConfig, ConfigError, type Config } from './config.ts'
