import { machineOver, type AskMachine } from '../services/machine.ts'
import { useWebSocket } from './useWebSocket.ts'

/** Questions to the machine of a project, inside the shell. */
export function useMachine(): AskMachine {
  return machineOver(useWebSocket().ask)
}
