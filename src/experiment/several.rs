//! A search that is run once per seed.

use super::error::ExperimentError;
#[cfg(feature = "runs")]
use super::images::log_remark;
use super::search::{PreparedSearch, Search};
#[cfg(feature = "runs")]
use crate::run::{self, Command, Folder, RunError};
use crate::search::{Observer, Outcome, Seeds, Summary, repeat};
use crate::train::Watcher;
use serde::Serialize;

/// The results of a search with several seeds.
#[derive(Debug, Serialize)]
pub struct Several {
    /// The result of every seed, in order.
    pub runs: Vec<Outcome>,
    /// Mean and standard deviation over the runs.
    pub summary: Summary,
}

impl Search {
    /// Runs the search once per seed, in parallel if a run does not use all cores. If a folder is set, every run is saved
    /// in a folder below it, and runs that were started before are resumed. `observer` is cloned for every run.
    ///
    /// # Errors
    /// Those of [`Search::prepare`], and the failure of the first seed that fails.
    ///
    /// # Examples
    /// ```
    /// use graphpnas::search::{Request, Silent};
    /// use graphpnas::{Search, device::Device};
    ///
    /// let keys = ["evaluations=10".to_owned(), "generator.name=\"random\"".to_owned()];
    /// let config = Request { preset: Some("nasbench201-cifar10"), sets: &keys, ..Request::default() }.resolve()?;
    /// let several = Search::from(config).device(Device::Cpu).run_seeds("1..3".parse()?, &Silent)?;
    /// assert_eq!(several.summary.runs, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_seeds<O>(self, seeds: Seeds, observer: &O) -> Result<Several, ExperimentError>
    where
        O: Observer + Watcher + Clone + Sync + 'static,
    {
        #[cfg(feature = "runs")]
        if let Some(path) = self.folder.clone() {
            let text = Some(seeds.to_string());
            return self.in_folder(&path, text, |prepared, folder, command| {
                prepared.run_set(seeds, &folder, command, observer)
            });
        }
        let prepared = self.prepare()?;
        let run = |seed| Ok::<_, ExperimentError>(prepared.build(seed, observer.clone())?.run(&mut observer.clone())?);
        let runs = repeat(&seeds.to_vec(), prepared.threads(), run)?;
        Ok(Several { summary: Summary::of(&runs, prepared.rewards.optimum()), runs })
    }
}

impl PreparedSearch {
    /// Number of runs to execute in parallel. Parallel runs would distort measured latencies.
    fn threads(&self) -> usize {
        if self.config.latency { 1 } else { self.rewards.threads() }
    }

    /// Runs the search once per seed, each saved in a folder below `folder`, or resumes these runs. Call
    /// [`PreparedSearch::check`] before the folder is created.
    ///
    /// # Errors
    /// The folder has other runs or cannot be written, or a run failed.
    #[cfg(feature = "runs")]
    pub fn run_set<O>(
        &self,
        seeds: Seeds,
        folder: &Folder,
        command: &Command,
        observer: &O,
    ) -> Result<Several, ExperimentError>
    where
        O: Observer + Watcher + Clone + Sync + 'static,
    {
        let (id, notes) = run::begin_set(folder, command, &self.config, self.device.name(), self.sources())?;
        notes.iter().for_each(|text| log_remark(text));
        let runs = repeat(&seeds.to_vec(), self.threads(), |seed| {
            let path = folder.seed_folder(seed);
            // In a resumed set of runs, some may have been started before.
            let started = !matches!(Command::read(&path), Err(RunError::NoRun { .. }));
            let subfolder = if started { Folder::open(&path) } else { Folder::create(&path) };
            let search = self.build(seed, observer.clone())?;
            let command = Command { seeds: None, run: Some(format!("{id}-{seed}")), ..command.clone() };
            let run = self.begin(subfolder?, seed, &command)?;
            run.restart_note().into_iter().for_each(log_remark);
            self.run_saved(&run, search, &mut observer.clone())
        })?;
        let summary = Summary::of(&runs, self.rewards.optimum());
        folder.put_json("summary.json", &summary)?;
        Ok(Several { runs, summary })
    }
}
