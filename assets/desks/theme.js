/* Before anything is painted: night stays night. */
document.documentElement.dataset.theme = localStorage.getItem('emmap-theme') === 'night' ? 'night' : 'day';
