import { asFarhandError, callRelay, readAnswer } from './api.ts'
import { readSettings } from './settings.ts'

/** A large one on a slow line. */
const FETCH_TIMEOUT_MS = 120_000

/** Where the relay serves a file that was attached. */
export function attachmentAddress(id: string): string {
  return `${readSettings().relayUrl}/api/attachments/${id}`
}

/** The file itself; rejects with NOT_FOUND where it is not kept any more. */
export async function fetchAttachment(id: string): Promise<Blob> {
  const response = await callRelay('GET', `/api/attachments/${id}`, { timeoutMs: FETCH_TIMEOUT_MS })
  if (!response.ok) await readAnswer(response) // rejects with the refusal
  return await response.blob()
}

/** Whether the relay says that it is not kept any more; a relay that can't be asked says nothing. */
export async function isAttachmentGone(id: string): Promise<boolean> {
  try {
    return (await callRelay('HEAD', `/api/attachments/${id}`)).status === 404
  } catch {
    return false
  }
}

/** Puts a file into the folder for downloads, or says why not. */
export async function download(id: string, name: string): Promise<void> {
  const address = URL.createObjectURL(await fetchAttachment(id))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), FETCH_TIMEOUT_MS)
}

export function isGone(error: unknown): boolean {
  return asFarhandError(error).code === 'NOT_FOUND'
}
