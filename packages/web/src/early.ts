import { askFirstTicket } from './services/firstTicket.ts'

// Who signs in has nothing to ask for yet.
if (location.pathname !== '/login' && (import.meta.env.VITE_WS_URL ?? '') === '') askFirstTicket()
