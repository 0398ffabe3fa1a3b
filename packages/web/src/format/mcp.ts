/** `mcp__server__do_it` is the tool `do_it` of a server that the project added. Undefined: another kind of tool. */
export function mcpTool(name: string): { server: string; tool: string } | undefined {
  const [prefix, server, ...rest] = name.split('__')
  if (prefix !== 'mcp' || server === undefined || rest.length === 0) return undefined
  return { server, tool: rest.join('__') }
}
