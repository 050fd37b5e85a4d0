/** Equal where some machine takes names for one: by capitals, by letters such as ſ and ﬁ that have them in common, by what is not seen. */
export function folded(place: string): string {
  return place.normalize('NFC').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').toUpperCase().toLowerCase().normalize('NFC');
}

/** What some machine writes below snapshots/; Windows knows that folder by a short name, too. @param folder of the instance, where the file's path is from the top: `reports/` */
export function isInSnapshots(file: string, folder = ''): boolean {
  const [place, instance] = [folded(file), folded(folder)];
  return place.startsWith(instance) && /^snap(shots|sh~\d+)(\/|$)/.test(place.slice(instance.length));
}
