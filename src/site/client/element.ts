/*
 * Elements made of text alone: what a file says never becomes markup.
 */
type Child = Node | string | null;

export function element<K extends keyof HTMLElementTagNameMap>(name: K, attributes: { [name: string]: string }, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A value as pages show it, its unit apart. */
export function valueElement(value: string, unit: string | null, missing: boolean): HTMLElement {
  const size = value.length <= 9 ? 'short' : value.length <= 13 ? 'medium' : 'long';
  return element('span', { class: `value ${size}${missing ? ' missing' : ''}` }, value, unit && !missing ? element('span', { class: 'unit' }, `\u00a0${unit}`) : null);
}
