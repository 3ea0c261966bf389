#!/bin/sh
# Makes the deltas of a plan as a Slurm array: one task for each base.
#   sbatch --array=0-LAST packaging/farm/slurm.sh      LAST: the last task that pkg farm plan names
# PLAN, REPOSITORY, PKG_KEYRING and DELIVERY_KEY are in the environment; all nodes see these files.
#SBATCH --job-name=pkg-farm
#SBATCH --requeue
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
set -eu
exec pkg farm run "$PLAN" --to "$REPOSITORY" --key "$DELIVERY_KEY" --jobs "${SLURM_CPUS_PER_TASK:-2}"
