import('./page.js').then(({ uploadWhatIsChosen }) => uploadWhatIsChosen(OssResumable));
