-- Licences that ask for no more than a notice. Any other, and none, is for a person to read.
create macro only_asks_for_notice(licence) as coalesce(
  licence in ('0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT', 'PSF-2.0', 'Python-2.0', 'Unlicense'),
  false
);
