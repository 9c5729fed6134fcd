# escape=`
FROM mcr.microsoft.com/windows:1
WORKDIR C:\a
RUN dir `
  c:\b
CMD ["a.exe"]
