// Shows the name of the chosen file, which screen readers then read aloud. Without scripts the browser shows it.
for (const input of document.querySelectorAll('.file input')) {
  const name = input.parentElement.querySelector('output');
  const none = name.textContent;
  const show = () => {
    const text = input.files[0]?.name ?? none;
    if (name.textContent !== text) name.textContent = text;
  };
  input.addEventListener('change', show);
  // A browser that goes back to the page may bring the chosen file back.
  addEventListener('pageshow', show);
}
