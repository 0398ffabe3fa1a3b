import type { AgentToServer, ServerToAgent } from '@farhand/shared'
import type { Socket } from 'socket.io-client'

/** The agent's end of the link: what it hears, what it says. */
export type AgentSocket = Socket<ServerToAgent, AgentToServer>
