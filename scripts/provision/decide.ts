export type Need = 'chromium' | 'git'

export const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const

export type Machine = {
  isRoot: boolean
  hasApt: boolean
  /** Set by the person, who then means exactly that one. */
  chromiumPath: string | undefined
  platform: NodeJS.Platform
}

export type Decision =
  | { type: 'nothing' }
  | { type: 'install'; commands: string[][] }
  | { type: 'advise'; advice: string }

/** What to do about what is missing. Pure. */
export function decide(needs: readonly Need[], machine: Machine): Decision {
  if (needs.length === 0) return { type: 'nothing' }
  if (needs.includes('chromium') && machine.chromiumPath) {
    return {
      type: 'advise',
      advice: `CHROMIUM_PATH is ${machine.chromiumPath}, which does not run: correct it or leave it out.`,
    }
  }
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...needs]
  if (machine.hasApt && machine.isRoot) return { type: 'install', commands: [['apt-get', 'update'], install] }
  const missing = `The tests need ${needs.join(' and ')}. `
  if (machine.hasApt)
    return { type: 'advise', advice: `${missing}Run: sudo apt-get update && sudo ${install.join(' ')}` }
  return { type: 'advise', advice: missing + otherPlatform(needs, machine.platform) }
}

function otherPlatform(needs: readonly Need[], platform: NodeJS.Platform): string {
  if (platform === 'darwin') {
    const commands = needs.map((need) =>
      need === 'chromium' ? 'brew install --cask google-chrome' : 'brew install git',
    )
    return `Run: ${commands.join(' && ')}`
  }
  return `Install ${needs.join(' and ')} with your package manager, or set CHROMIUM_PATH to a Chromium or Chrome.`
}
