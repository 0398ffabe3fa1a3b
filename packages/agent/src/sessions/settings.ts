import type { Settings } from '../spool/sessionRecords.ts'

/** What a person set for this and the following commands. */
export type { Settings }

export function pickSettings({ model, permissionMode, effort }: Settings): Settings {
  return {
    ...(model === undefined ? {} : { model }),
    ...(permissionMode === undefined ? {} : { permissionMode }),
    ...(effort === undefined ? {} : { effort }),
  }
}

/** What of `after` is not so in `before`. */
export function changed(before: Settings, after: Settings): Settings {
  return pickSettings({
    permissionMode: after.permissionMode === before.permissionMode ? undefined : after.permissionMode,
    model: after.model === before.model ? undefined : after.model,
    effort: after.effort === before.effort ? undefined : after.effort,
  })
}

/** Only a process that was started with it may go without asking; no other can change over. */
export function isBypass(settings: Settings): boolean {
  return settings.permissionMode === 'bypassPermissions'
}

/** For people. */
export function describeSettings(settings: Settings): string {
  return Object.entries<string | undefined>(settings)
    .map(([name, value]) => `${WORDS[name] ?? name} is now ${value ?? 'the default'}`)
    .join(', ')
}

const WORDS: Record<string, string> = { model: 'Model', permissionMode: 'Permission mode', effort: 'Effort' }
