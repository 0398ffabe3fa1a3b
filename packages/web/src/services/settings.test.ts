// @vitest-environment node
import { RECONNECT_BASE_MS } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { readSettings } from './settings.ts'

const built = { BASE_URL: '/', MODE: 'test', DEV: false, PROD: true, SSR: false }

test('nothing set: the relay is where the page came from, and it is tried for ever', () => {
  expect(readSettings(built)).toEqual({ relayUrl: '', reconnectBaseMs: RECONNECT_BASE_MS, maxAttempts: 0 })
})

test('what the build sets is taken, and what is no number counts as left out', () => {
  const set = {
    ...built,
    VITE_WS_URL: ' wss://relay.example/ ',
    WS_RECONNECT_INTERVAL: '500',
    WS_MAX_RECONNECT_ATTEMPTS: '7',
  }
  expect(readSettings(set)).toEqual({ relayUrl: 'https://relay.example', reconnectBaseMs: 500, maxAttempts: 7 })
  const wrong = { ...built, WS_RECONNECT_INTERVAL: 'soon', WS_MAX_RECONNECT_ATTEMPTS: '-1' }
  expect(readSettings(wrong)).toEqual({ relayUrl: '', reconnectBaseMs: RECONNECT_BASE_MS, maxAttempts: 0 })
})

test('an address without a scheme is none, and that is told', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  for (const address of ['relay.example', 'relay.example:3000', 'wss', 'http://', 'wsx://relay.example'])
    expect(readSettings({ ...built, VITE_WS_URL: address }).relayUrl).toBe('')
  expect(warn).toHaveBeenCalledOnce()
  expect(readSettings({ ...built, VITE_WS_URL: 'ws://localhost:3000' }).relayUrl).toBe('http://localhost:3000')
})
