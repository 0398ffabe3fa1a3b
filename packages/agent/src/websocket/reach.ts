/**
 * Why an attempt to reach the relay failed, in a sentence for people. The transports only know that they failed, so the
 * relay is asked the plainest question that it answers, and what comes instead of its answer tells. Never rejects.
 */
export async function whyUnreachable(serverUrl: string): Promise<string> {
  const { host, hostname } = new URL(serverUrl)
  try {
    const answer = await fetch(new URL('/healthz', serverUrl), {
      redirect: 'manual',
      signal: AbortSignal.timeout(ASK_MS),
    })
    return instead(host, answer.status, answer.headers)
  } catch (error) {
    return reasonOf(error, host, hostname)
  }
}

/** Whether somebody on the way to the relay could read what is said. */
export function isReadable(serverUrl: string): boolean {
  const { protocol, hostname } = new URL(serverUrl)
  return protocol === 'http:' && !LOOPBACK.test(hostname)
}

/** As `URL` writes them. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/
const ASK_MS = 5_000
const UNREACHABLE = 'The relay cannot be reached.'
const BAD_GATEWAY = [502, 503, 504]

function instead(host: string, status: number, headers: Headers): string {
  // The relay itself: it was away for a moment, or something between takes plain questions only.
  if (headers.get('content-type')?.startsWith('application/json') === true) return UNREACHABLE
  if (BAD_GATEWAY.includes(status))
    return `A proxy answers for ${host} (status ${status}): the relay behind it does not.`
  const location = headers.get('location')
  const answered = location === null ? `status ${status}` : `status ${status}, to ${originOf(location, host)}`
  return `Something else answers in the place of ${host} (${answered}): a network that wants a sign-in, or a proxy.`
}

/** A sign-in page's address may hold who asks; its origin says enough. */
function originOf(location: string, host: string): string {
  return URL.parse(location, `http://${host}`)?.origin ?? 'another address'
}

function reasonOf(error: unknown, host: string, hostname: string): string {
  switch (codeOf(error)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${hostname} cannot be resolved: no network, or no such name.`
    case 'ECONNREFUSED':
      return `Nothing listens at ${host}.`
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return `There is no way to ${host}: no network.`
    case 'CERT_HAS_EXPIRED':
      return `The TLS certificate of ${host} has expired, so it is not talked to.`
    case 'CERT_NOT_YET_VALID':
      return `The TLS certificate of ${host} is not valid yet (or this clock is wrong), so it is not talked to.`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The TLS certificate at ${host} is for another name, so it is not talked to.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `The TLS certificate of ${host} is of an authority that this machine does not know (NODE_EXTRA_CA_CERTS names one).`
    default:
      return UNREACHABLE
  }
}

/** `fetch` says only that it failed; its cause has the system's code. */
function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
}
