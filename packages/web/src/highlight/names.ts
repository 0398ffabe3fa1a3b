/** Short names and endings of files → the language whose grammar reads them. */
const NAMES: Readonly<Record<string, string>> = {
  ...sames('bash c cpp css diff go html java javascript json kotlin markdown php python ruby rust sql swift'),
  ...sames('toml tsx typescript vue xml yaml docker'),
  ...{ sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', h: 'c', cc: 'cpp', hpp: 'cpp', 'c++': 'cpp' },
  ...{ scss: 'css', less: 'css', patch: 'diff', dockerfile: 'docker', htm: 'html', svg: 'xml' },
  ...{ js: 'javascript', mjs: 'javascript', cjs: 'javascript', jsx: 'tsx', jsonc: 'json', json5: 'json' },
  ...{ kt: 'kotlin', md: 'markdown', mdx: 'markdown', py: 'python', rb: 'ruby', rs: 'rust' },
  ...{ ts: 'typescript', mts: 'typescript', cts: 'typescript', yml: 'yaml' },
}

/** The language that a code fence names. Undefined: shown plainly. */
export function languageOf(name: string): string | undefined {
  const known = name.toLowerCase()
  return Object.hasOwn(NAMES, known) ? NAMES[known] : undefined
}

export function languageOfPath(path: string): string | undefined {
  const file = path.split(/[/\\]/).at(-1) ?? ''
  return languageOf(file.split('.').at(-1) ?? '')
}

function sames(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, name]))
}
